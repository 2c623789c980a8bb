#pragma once

#include <bit>
#include <cstdint>
#include <cstdio>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/io/coded_stream.h>

namespace steelyard::wire {

/// What messages.proto says, read from its text: enough to show a message's bytes as text without
/// the generated classes, which know no text. Bytes in examples are printable.
class Schema {
 public:
  struct Field {
    std::string type;
    std::string name;
    bool is_repeated = false;
  };
  using Fields = std::map<std::uint32_t, Field>;  // by number

  explicit Schema(const std::string& proto) {
    static const std::regex kBegin(R"((message|enum) (\w+) \{(\})?.*)");
    static const std::regex kField(R"(\s+(repeated )?(\w+) (\w+) = (\d+);.*)");
    static const std::regex kValue(R"(\s+(\w+) = (\d+);.*)");
    std::string inside;
    std::smatch match;
    std::istringstream lines(proto);
    for (std::string line; std::getline(lines, line);) {
      if (std::regex_match(line, match, kBegin)) {
        inside = match[2];
        if (match[1] == "message") messages_[inside];
      } else if (std::regex_match(line, match, kField)) {
        messages_.at(inside)[number(match[4])] = {match[2], match[3], match[1].matched};
      } else if (std::regex_match(line, match, kValue)) {
        enums_[inside][number(match[2])] = match[1];
      }
    }
  }

  [[nodiscard]] const std::map<std::string, Fields>& messages() const { return messages_; }

  struct Shown {
    std::string text;                  ///< in protobuf's text form, on one line
    std::vector<std::string> lengths;  ///< the bytes of every `Lengths`, in order
  };
  [[nodiscard]] static std::string quoted(std::string_view bytes) {
    std::string text = "\"";
    for (const char c : bytes) text.append(c == '"' ? "\\" : "").push_back(c);
    return text + '"';
  }

  /// Throws std::runtime_error when the bytes are no such message.
  [[nodiscard]] Shown show(const std::string& message, std::string_view bytes) const {
    google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                              static_cast<int>(bytes.size()));
    Shown shown;
    show_fields(message, in, shown);
    return shown;
  }

 private:
  using Input = google::protobuf::io::CodedInputStream;

  static std::uint32_t number(const std::string& text) {
    return static_cast<std::uint32_t>(std::stoul(text));
  }
  static void require(bool condition, const std::string& what) {
    if (!condition) throw std::runtime_error(what);
  }

  void show_fields(const std::string& message, Input& in, Shown& shown) const {
    const Fields& fields = messages_.at(message);
    while (const std::uint32_t tag = in.ReadTag()) {
      require(fields.contains(tag >> 3), message + " has no such field");
      const Field& field = fields.at(tag >> 3);
      const bool is_packed = field.is_repeated && (tag & 7) == 2 && is_scalar(field.type);
      shown.text += (shown.text.empty() ? "" : " ") + field.name;
      if (messages_.contains(field.type)) {
        const std::string inner = bytes_from(in);
        if (field.type == "Lengths") shown.lengths.push_back(inner);
        Input nested(reinterpret_cast<const std::uint8_t*>(inner.data()),
                     static_cast<int>(inner.size()));
        shown.text += " {";
        show_fields(field.type, nested, shown);
        shown.text += " }";
      } else {
        shown.text += ": " + (is_packed ? list(field.type, in) : value(field.type, in));
      }
    }
    require(in.ConsumedEntireMessage(), message + " cannot be read");
  }

  [[nodiscard]] bool is_scalar(const std::string& type) const {
    return type != "string" && type != "bytes" && !messages_.contains(type);
  }

  static std::string bytes_from(Input& in) {
    std::uint32_t size = 0;
    std::string bytes;
    require(in.ReadVarint32(&size) && in.ReadString(&bytes, static_cast<int>(size)), "truncated");
    return bytes;
  }

  [[nodiscard]] std::string list(const std::string& type, Input& in) const {
    std::uint32_t size = 0;
    require(in.ReadVarint32(&size), "truncated");
    const auto limit = in.PushLimit(static_cast<int>(size));
    std::string text;
    while (in.BytesUntilLimit() > 0) text += (text.empty() ? "" : ", ") + value(type, in);
    in.PopLimit(limit);
    return "[" + text + "]";
  }

  [[nodiscard]] std::string value(const std::string& type, Input& in) const {
    if (type == "string" || type == "bytes") return quoted(bytes_from(in));
    std::uint64_t bits = 0;
    char text[32];
    if (type == "fixed64" || type == "double") {
      require(in.ReadLittleEndian64(&bits), "truncated");
      if (type == "fixed64") {
        std::snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(bits));
      } else {
        std::snprintf(text, sizeof text, "%g", std::bit_cast<double>(bits));
      }
      return text;
    }
    require(in.ReadVarint64(&bits), "truncated");
    if (enums_.contains(type)) return enums_.at(type).at(static_cast<std::uint32_t>(bits));
    if (type == "bool") return bits == 1 ? "true" : "false";
    if (type == "sint32" || type == "sint64") {
      return std::to_string(static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1)));
    }
    require(type == "uint32" || type == "uint64", "what is a " + type + "?");
    return std::to_string(bits);
  }

  std::map<std::string, Fields> messages_;
  std::map<std::string, std::map<std::uint32_t, std::string>> enums_;
};

}  // namespace steelyard::wire
