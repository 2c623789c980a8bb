#pragma once

#include <span>
#include <string_view>

namespace steelyard::gateway {

/// A file of the monitor page, built into the program.
struct PageFile {
  std::string_view name;          ///< "index.html"
  std::string_view content_type;  ///< "text/html; charset=utf-8"
  std::string_view tag;  ///< changes with the bytes; an entity tag with its quotation marks
  std::string_view bytes;
};

/// All of them. Lives as long as the program. Thread safety: any thread.
[[nodiscard]] std::span<const PageFile> page_files();

}  // namespace steelyard::gateway
