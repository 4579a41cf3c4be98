#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define ASSAY_CONCAT_INNER(a, b) a##b
#define ASSAY_CONCAT(a, b) ASSAY_CONCAT_INNER(a, b)

// Returns the status of `expression` from the enclosing function unless it is OK.
#define RETURN_IF_ERROR(expression)                       \
  do {                                                    \
    if (::absl::Status assay_status_ = (expression); !assay_status_.ok()) return assay_status_; \
  } while (false)

// ASSIGN_OR_RETURN(auto value, Compute()): declares `value`, or returns the error.
#define ASSIGN_OR_RETURN(declaration, expression)                                        \
  auto ASSAY_CONCAT(assay_or_, __LINE__) = (expression);                                 \
  if (!ASSAY_CONCAT(assay_or_, __LINE__).ok()) return ASSAY_CONCAT(assay_or_, __LINE__).status(); \
  declaration = *std::move(ASSAY_CONCAT(assay_or_, __LINE__))
