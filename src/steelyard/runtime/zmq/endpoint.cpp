#include "steelyard/runtime/zmq/endpoint.hpp"

#include <string_view>

namespace steelyard::zmq_runtime {
namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";
constexpr std::string_view kInproc = "inproc://";

bool is_port(std::string_view text) {
  if (text == "*") return true;
  if (text.empty() || text.size() > 5) return false;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= 65535;
}

bool is_loopback(std::string_view host) {
  const bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "lo" || host == "[::1]" ||
         (numeric && host.starts_with("127."));
}

/// `written`: what the user knows of ADDRESS:PORT.
Result<void> check_reach(std::string_view address, std::string_view written) {
  if (is_loopback(address.substr(0, address.rfind(':')))) return {};
  return failure(ErrorCode::InvalidArgument,
                 "'" + std::string(written) +
                     "' is reachable from other machines and nothing is encrypted or "
                     "authenticated: listen on 127.0.0.1, or allow it with --insecure, or "
                     "\"insecure\": true in the configuration");
}

}  // namespace

Result<void> check_endpoint(const std::string& endpoint) {
  const std::string_view text = endpoint;
  bool well_formed = (text.starts_with(kIpc) && text.size() > kIpc.size()) ||
                     (text.starts_with(kInproc) && text.size() > kInproc.size());
  if (text.starts_with(kTcp)) {
    const std::size_t colon = text.rfind(':');
    well_formed = colon > kTcp.size() && is_port(text.substr(colon + 1));
  }
  if (well_formed) return {};
  return failure(
      ErrorCode::InvalidArgument,
      "'" + endpoint + "' is no endpoint: use tcp://ADDRESS:PORT, ipc://PATH or inproc://NAME");
}

Result<void> may_listen(const std::string& endpoint, bool insecure) {
  if (auto checked = check_endpoint(endpoint); !checked) return checked;
  const std::string_view text = endpoint;
  if (!text.starts_with(kTcp) || insecure) return {};
  return check_reach(text.substr(kTcp.size()), text);
}

Result<void> may_serve(const std::string& address, bool insecure) {
  if (auto checked = check_endpoint(std::string(kTcp) + address); !checked) return checked;
  return insecure ? Result<void>() : check_reach(address, address);
}

std::string listening_endpoint(const std::string& endpoint) {
  constexpr std::string_view kName = "tcp://localhost:";
  if (!endpoint.starts_with(kName)) return endpoint;
  return "tcp://127.0.0.1:" + endpoint.substr(kName.size());
}

}  // namespace steelyard::zmq_runtime
