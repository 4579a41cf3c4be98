#include "services/bank/domain/wire_size.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Of a text or an unknown field beside its bytes, of a number, and of a place in a list.
constexpr std::size_t kText = 64;
constexpr std::size_t kNumber = 8;
constexpr std::size_t kPlace = 8;
// No message of ours nests so deep; parsing stops at 100.
constexpr int kMaxDepth = 100;

class Walk {
 public:
  Walk(std::string_view wire, std::size_t most)
      : in_(reinterpret_cast<const std::uint8_t*>(wire.data()), static_cast<int>(wire.size())), most_(most) {}

  // Adds one message, up to the limit that the stream has now. False where it is malformed, or there is no need to go on.
  bool Add(const Message& prototype, int depth) {
    size_ += static_cast<std::size_t>(prototype.SpaceUsedLong());
    const auto& reflection = *prototype.GetReflection();
    while (const std::uint32_t tag = in_.ReadTag()) {
      if (size_ > most_ || depth > kMaxDepth) return false;
      const FieldDescriptor* field = prototype.GetDescriptor()->FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
      const auto type = WireFormatLite::GetTagWireType(tag);
      if (type == WireFormatLite::WIRETYPE_START_GROUP) {
        // No contract of ours has one, and anything may be in it.
        size_ = most_ + 1;
        return false;
      }
      if (type != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
        size_ += field == nullptr ? kText : kNumber;
        if (!WireFormatLite::SkipField(&in_, tag)) return false;
        continue;
      }
      int length = 0;
      if (!in_.ReadVarintSizeAsInt(&length)) return false;
      if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        size_ += kText + static_cast<std::size_t>(length);
        if (!in_.Skip(length)) return false;
        continue;
      }
      size_ += kPlace;
      const auto limit = in_.PushLimit(length);
      if (!Add(*reflection.GetMessageFactory()->GetPrototype(field->message_type()), depth + 1)) return false;
      in_.PopLimit(limit);
    }
    return in_.ConsumedEntireMessage();
  }
  std::size_t size() const { return size_; }

 private:
  CodedInputStream in_;
  const std::size_t most_;
  std::size_t size_ = 0;
};

}  // namespace

std::size_t ParsedSize(std::string_view wire, const Message& prototype, std::size_t most) {
  Walk walk(wire, most);
  (void)walk.Add(prototype, 0);
  return walk.size();
}

}  // namespace assay::bank
