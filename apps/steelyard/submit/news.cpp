#include "submit/news.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::cli {
namespace {

using Kind = Completion::Kind;

std::string as_json(const Completion& news) {
  boost::json::object object{{"line", news.tag + 1}};
  switch (news.kind) {
    case Kind::Acknowledged:
    case Kind::Answer:
      return {};
    case Kind::Progress:
      object["progress"] = news.progress;
      break;
    case Kind::Partial:
      if (is_valid_utf8(*news.result)) {
        object["partial"] = *news.result;
      } else {
        object["partial_base64"] = base64_encode(*news.result);
      }
      break;
    case Kind::Restarted:
      object["restarted"] = true;
      break;
    case Kind::Gap:
      object["gap"] = true;
      break;
  }
  return boost::json::serialize(object) + "\n";
}

}  // namespace

NewsText news_text(const Completion& news, bool json, bool has_bar) {
  if (json) return {as_json(news), {}};
  switch (news.kind) {
    case Kind::Acknowledged:
    case Kind::Answer:
      break;
    case Kind::Progress:
      return {{}, has_bar ? "" : fmt::format("steelyard submit: {} %\n", news.progress)};
    case Kind::Partial:
      return {*news.result, {}};
    case Kind::Restarted:
      return {{}, "steelyard submit: the job begins again: what was printed so far is void\n"};
    case Kind::Gap:
      return {{}, "steelyard submit: a connection was cut: some of the output is missing here\n"};
  }
  return {};
}

}  // namespace steelyard::cli
