#pragma once

#include <string>
#include <string_view>

/// Numbers as JSON, for texts that are too large to be made of objects.
namespace steelyard::gateway {

/// To the thousandth, as people write it: "2", "0.25"; one that is not finite is null.
void append_number(std::string& text, double number);
/// `"name":1.5`, with a comma in front unless it is the first of its object.
void append_member(std::string& text, std::string_view name, double number);

}  // namespace steelyard::gateway
