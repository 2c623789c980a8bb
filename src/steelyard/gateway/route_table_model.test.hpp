#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "steelyard/gateway/route_table.hpp"

namespace steelyard::gateway {

/// What RouteTable promises, in the simplest way: each pattern is tried with each request.
class RouteTableModel {
 public:
  /// Requires: the table took it, too.
  void add(std::string pattern, std::vector<std::string> methods, RouteTable::Target target,
           RouteTable::Slashes slashes = RouteTable::Slashes::Refused) {
    routes_.push_back({pieces(pattern), std::move(methods), target, slashes});
  }

  [[nodiscard]] RouteTable::Found match(const std::string& method, std::string_view path) const {
    const auto texts = decoded_pieces(path);
    if (!texts) return RouteTable::NotFound{};
    const Route* best = nullptr;
    std::set<std::string> others;
    for (const Route& route : routes_) {
      if (!captures(route, *texts)) continue;
      if (!serves(route, method)) {
        others.insert(route.methods.begin(), route.methods.end());
      } else if (best == nullptr || order(route, method) < order(*best, method)) {
        best = &route;
      }
    }
    if (best != nullptr) return RouteTable::Match{best->target, *captures(*best, *texts)};
    if (others.empty()) return RouteTable::NotFound{};
    if (others.contains("GET")) others.insert("HEAD");
    std::string allow;
    for (const std::string& one : others) allow += (allow.empty() ? "" : ", ") + one;
    return RouteTable::MethodNotAllowed{allow};
  }

 private:
  struct Route {
    std::vector<std::string> pieces;
    std::vector<std::string> methods;
    RouteTable::Target target = 0;
    RouteTable::Slashes slashes = RouteTable::Slashes::Refused;
  };

  using Ranks = std::vector<std::tuple<int, std::size_t, std::string>>;
  using Order = std::pair<Ranks, bool>;

  static std::vector<std::string> pieces(std::string_view path) {
    std::vector<std::string> all;
    for (const char c : path) {
      if (c == '/') {
        all.emplace_back();
      } else {
        all.back() += c;
      }
    }
    return all;
  }

  static std::optional<std::vector<std::string>> decoded_pieces(std::string_view path) {
    if (path.substr(0, 1) != "/") return std::nullopt;
    std::vector<std::string> texts;
    for (const std::string& piece : pieces(path)) {
      std::string text;
      for (std::size_t i = 0; i < piece.size(); ++i) {
        if (piece[i] != '%') {
          text += piece[i];
          continue;
        }
        const std::string digits = piece.substr(i + 1, 2);
        const std::string all = "0123456789abcdefABCDEF";
        if (digits.size() < 2 || digits.find_first_not_of(all) != std::string::npos) {
          return std::nullopt;
        }
        text += static_cast<char>(std::stoi(digits, nullptr, 16));
        i += 2;
      }
      if (text.find('\0') != text.npos || text == "." || text == "..") return std::nullopt;
      texts.push_back(text);
    }
    return texts;
  }

  static bool has(const Route& route, const std::string& method) {
    return std::find(route.methods.begin(), route.methods.end(), method) != route.methods.end();
  }
  static bool serves(const Route& route, const std::string& method) {
    return route.methods.empty() || has(route, method) || (method == "HEAD" && has(route, "GET"));
  }

  static std::string verb(const std::string& piece) { return piece.substr(piece.find('}') + 1); }
  static bool is_rest(const std::string& piece) { return piece.find("*}") != std::string::npos; }
  static std::string name(const std::string& piece) {
    return piece.substr(1, piece.find_first_of("*}") - 1);
  }

  /// Less goes first. HEAD's own route goes before GET's, if the patterns differ in names only.
  static Order order(const Route& route, const std::string& method) {
    Ranks ranks;
    for (const std::string& piece : route.pieces) {
      if (piece.substr(0, 1) != "{") {
        ranks.emplace_back(0, 0, piece);
      } else if (is_rest(piece)) {
        ranks.emplace_back(3, 0, "");
      } else if (verb(piece).empty()) {
        ranks.emplace_back(2, 0, "");
      } else {
        ranks.emplace_back(1, 10'000 - verb(piece).size(), verb(piece));
      }
    }
    return {ranks, method == "HEAD" && !route.methods.empty() && !has(route, method)};
  }

  static std::optional<RouteTable::Captures> captures(const Route& route,
                                                      const std::vector<std::string>& texts) {
    RouteTable::Captures found;
    std::size_t at = 0;
    for (const std::string& text : texts) {
      const bool may = route.slashes == RouteTable::Slashes::Taken;
      if (!may && text.find('/') != std::string::npos) return std::nullopt;
    }
    for (const std::string& piece : route.pieces) {
      if (at == texts.size()) return std::nullopt;
      const std::string& text = texts[at++];
      if (piece.substr(0, 1) != "{") {
        if (text != piece) return std::nullopt;
      } else if (is_rest(piece)) {
        std::string all = text;
        while (at < texts.size()) all += "/" + texts[at++];
        found.emplace_back(name_view(piece), all);
      } else {
        const std::string end = verb(piece);
        if (text.size() <= end.size() || !text.ends_with(end)) return std::nullopt;
        found.emplace_back(name_view(piece), text.substr(0, text.size() - end.size()));
      }
    }
    return at == texts.size() ? std::optional(found) : std::nullopt;
  }
  static std::string_view name_view(const std::string& piece) {
    return std::string_view(piece).substr(1, name(piece).size());
  }

  std::vector<Route> routes_;
};

/// One line for whatever was found, to be compared and read.
[[nodiscard]] inline std::string text_of(const RouteTable::Found& found) {
  if (std::holds_alternative<RouteTable::NotFound>(found)) return "not found";
  if (const auto* refused = std::get_if<RouteTable::MethodNotAllowed>(&found)) {
    return "only " + refused->allow;
  }
  const auto& match = std::get<RouteTable::Match>(found);
  std::string text = std::to_string(match.target);
  for (const auto& [name, value] : match.captures) {
    text += " " + std::string(name) + "=" + value;
  }
  return text;
}

}  // namespace steelyard::gateway
