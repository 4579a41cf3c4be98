#include "services/bank/api/question_bytes.h"

#include <array>
#include <cstring>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "assay/bank/v1/question_service.pb.h"

namespace assay::bank {
namespace {

using google::protobuf::MessageLite;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// The tag of an embedded message, the length of what follows, as the wire format has them.
struct Header {
  std::array<uint8_t, 16> bytes{};
  size_t size = 0;
};

Header HeaderOf(int field, size_t size) {
  Header header;
  uint8_t* end = WireFormatLite::WriteTagToArray(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED, header.bytes.data());
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), end);
  header.size = static_cast<size_t>(end - header.bytes.data());
  return header;
}

// Of a slice that is ours alone until a buffer takes it.
uint8_t* Writable(const grpc::Slice& slice) { return const_cast<uint8_t*>(slice.begin()); }

}  // namespace

grpc::Slice SliceOf(const MessageLite& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(Writable(slice));
  return slice;
}

grpc::Slice SliceOf(const ListedQuestion& listed) {
  const size_t rest = listed.stored.question.ByteSizeLong();
  const Header header = HeaderOf(v1::Question::kContentFieldNumber, listed.content.size());
  grpc::Slice slice(rest + header.size + listed.content.size());
  uint8_t* at = listed.stored.question.SerializeWithCachedSizesToArray(Writable(slice));
  std::memcpy(at, header.bytes.data(), header.size);
  std::memcpy(at + header.size, listed.content.data(), listed.content.size());
  return slice;
}

runtime::Serialized WithQuestions(const std::vector<grpc::Slice>& questions, const MessageLite& rest) {
  static_assert(v1::BatchGetQuestionsResponse::kQuestionsFieldNumber == 1 && v1::ListQuestionsResponse::kQuestionsFieldNumber == 1);
  std::vector<grpc::Slice> slices;
  slices.reserve(2 * questions.size() + 1);
  for (const grpc::Slice& question : questions) {
    const Header header = HeaderOf(1, question.size());
    slices.emplace_back(header.bytes.data(), header.size);
    slices.push_back(question);
  }
  if (rest.ByteSizeLong() > 0) slices.push_back(SliceOf(rest));
  return {grpc::ByteBuffer(slices.data(), slices.size())};
}

}  // namespace assay::bank
