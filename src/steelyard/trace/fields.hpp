#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <google/protobuf/repeated_field.h>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"

/// How numbers stand in the fields of recording.proto.
namespace steelyard::trace {

/// One more than inside the program: none() becomes 0, which takes no bytes.
template <class Tag>
[[nodiscard]] constexpr std::uint32_t number(Id<Tag> id) {
  return id.value + 1;
}

template <class IdType>
[[nodiscard]] constexpr IdType id_of(std::uint32_t number) {
  return IdType{number - 1};
}

using Numbers = google::protobuf::RepeatedField<std::uint32_t>;
using Bits = google::protobuf::RepeatedField<std::uint64_t>;

template <class IdType>
void put_ids(std::span<const IdType> ids, Numbers& into) {
  for (const IdType id : ids) into.Add(number(id));
}

inline void put_leases(std::span<const Lease> leases, Bits& into) {
  for (const Lease lease : leases) into.Add(lease.bits());
}

inline std::span<const Lease> take_leases(const Bits& bits, std::vector<Lease>& into) {
  into.clear();
  for (const std::uint64_t one : bits) into.push_back(Lease::from_bits(one));
  return into;
}

}  // namespace steelyard::trace
