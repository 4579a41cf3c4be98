#pragma once

#include <memory>

#include "services/bank/domain/pack_writer.h"

namespace assay::bank {

// CSV (RFC 4180, UTF-8 with a byte order mark, every cell in quotes, CRLF) with the readable columns first, for people and their
// spreadsheets, then a column for every other field, so that MakeCsvReader reads every field back. No cell is a formula
// (csv_columns.h).
std::unique_ptr<PackWriter> MakeCsvWriter();

}  // namespace assay::bank
