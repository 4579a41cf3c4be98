#include "services/bank/api/question_bytes.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "assay/bank/v1/question_service.pb.h"

namespace assay::bank {
namespace {

using google::protobuf::MessageLite;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr int kQuestions = 1;
static_assert(v1::BatchGetQuestionsResponse::kQuestionsFieldNumber == kQuestions);
static_assert(v1::ListQuestionsResponse::kQuestionsFieldNumber == kQuestions);

// The tag of an embedded message and the length of what follows, as the wire format has them.
class Header {
 public:
  Header(int field, size_t size) {
    uint8_t* end = WireFormatLite::WriteTagToArray(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED, bytes_.data());
    end = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), end);
    size_ = static_cast<size_t>(end - bytes_.data());
  }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), size_}; }

 private:
  std::array<uint8_t, 16> bytes_{};
  size_t size_ = 0;
};

}  // namespace

void QuestionsAnswer::Add(const grpc::Slice& question) {
  bytes_->append(Header(kQuestions, question.size()).view()).append(reinterpret_cast<const char*>(question.begin()), question.size());
}

runtime::Serialized QuestionsAnswer::Finish(const MessageLite& rest) {
  rest.AppendToString(bytes_.get());
  // The slice keeps the memory as it is and frees it in the end.
  std::string* bytes = bytes_.release();
  const grpc::Slice slice(bytes->data(), bytes->size(), [](void* owned) { delete static_cast<std::string*>(owned); }, bytes);
  return {grpc::ByteBuffer(&slice, 1)};
}

grpc::Slice BytesOf(const ListedQuestion& listed) {
  const v1::Question& rest = listed.stored.question;
  const Header content(v1::Question::kContentFieldNumber, listed.content.size());
  const size_t size = rest.ByteSizeLong();
  grpc::Slice bytes(size + content.view().size() + listed.content.size());
  // The memory is nobody else's yet.
  uint8_t* end = const_cast<uint8_t*>(bytes.begin());
  end = rest.SerializeWithCachedSizesToArray(end);
  end = std::copy(content.view().begin(), content.view().end(), end);
  std::copy(listed.content.begin(), listed.content.end(), end);
  return bytes;
}

}  // namespace assay::bank
