#pragma once

#include <string>

namespace assay {

// docs/errors.md: the error catalogue of proto/assay/runtime/v1/errors.proto as a page.
std::string ErrorsDoc();

}  // namespace assay
