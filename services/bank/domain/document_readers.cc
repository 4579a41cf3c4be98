#include "services/bank/domain/csv_import.h"
#include "services/bank/domain/document_reader.h"
#include "services/bank/domain/moodle_reader.h"
#include "services/bank/domain/ndjson_reader.h"
#include "services/bank/domain/pack_reader.h"
#include "services/bank/domain/qti_reader.h"
#include "services/runtime/base/error.h"

namespace assay::bank {

absl::StatusOr<std::unique_ptr<DocumentReader>> MakeDocumentReader(v1::PackFormat format, std::string_view language_code) {
  switch (format) {
    case v1::PACK_FORMAT_PACK:
    case v1::PACK_FORMAT_JSON:
    case v1::PACK_FORMAT_PROTOBUF:
      return MakePackReader(format);
    case v1::PACK_FORMAT_GUIDE:
      return MakeGuideReader();
    case v1::PACK_FORMAT_NDJSON:
      return MakeNdjsonReader(language_code);
    case v1::PACK_FORMAT_CSV:
      return MakeCsvReader(language_code);
    case v1::PACK_FORMAT_MOODLE_XML:
      return MakeMoodleReader(language_code);
    case v1::PACK_FORMAT_QTI:
      return MakeQtiReader(language_code);
    case v1::PACK_FORMAT_HTML:
    case v1::PACK_FORMAT_MARKDOWN:
      return runtime::InvalidField("header.format", "is written and not read; export as PACK, JSON or NDJSON to import again");
    default:
      return runtime::InvalidField("header.format", "must be one of PACK, JSON, PROTOBUF, NDJSON, GUIDE, CSV, MOODLE_XML and QTI");
  }
}

}  // namespace assay::bank
