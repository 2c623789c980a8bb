#pragma once

#include <cstdint>
#include <string>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "steelyard/base/ids.hpp"

namespace steelyard::trace {

/// Appends the record to `bytes` as field `field` of the recording.
template <class Record>
void append_record(std::string& bytes, int field, const Record& record) {
  using google::protobuf::internal::WireFormatLite;
  using google::protobuf::io::CodedOutputStream;
  const std::uint32_t tag =
      WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  const auto size = static_cast<std::uint32_t>(record.ByteSizeLong());
  const std::size_t place = bytes.size();
  bytes.resize(place + CodedOutputStream::VarintSize32(tag) +
               CodedOutputStream::VarintSize32(size) + size);
  auto* to = reinterpret_cast<std::uint8_t*>(bytes.data() + place);
  to = CodedOutputStream::WriteVarint32ToArray(tag, to);
  to = CodedOutputStream::WriteVarint32ToArray(size, to);
  record.SerializeWithCachedSizesToArray(to);
}

template <class Record>
void put_lease(Lease lease, Record& record) {
  record.set_place(lease.slot);
  record.set_stamp(lease.stamp);
}

}  // namespace steelyard::trace
