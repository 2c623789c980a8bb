#include "ocr/answer.hpp"

#include <exception>

#include <boost/json.hpp>

namespace ocr {

namespace json = boost::json;

std::string to_json(const Answer& answer) {
  return json::serialize(
      json::object{{"text", answer.text}, {"loaded", answer.loaded}, {"load_s", answer.load_s}});
}

steelyard::Result<Answer> parse_answer(std::string_view text) {
  try {
    const json::value value = json::parse({text.data(), text.size()});
    return Answer{json::value_to<std::string>(value.at("text")), value.at("loaded").as_bool(),
                  value.at("load_s").to_number<double>()};
  } catch (const std::exception& error) {
    return steelyard::failure(steelyard::ErrorCode::Malformed,
                              "a worker's answer: " + std::string(error.what()));
  }
}

}  // namespace ocr
