#pragma once

#include <functional>
#include <string>

#include "assay/bank/v1/pack.pb.h"
#include "assay/bank/v1/pack_service.pb.h"

namespace assay::bank {

// Calls `visit` with every id of a question that the catalogue names: in roles, formats and vignettes.
void ForEachQuestionName(v1::Pack& pack, const std::function<void(std::string&)>& visit);

// Puts the pack's id_prefix before every id of a question and every reference to one, in the catalogue and in such questions as
// `pack` holds.
void ApplyPrefix(v1::Pack& pack);
// The same for one question of a pack whose prefix is `prefix`.
void ApplyPrefix(const std::string& prefix, v1::QuestionContent& question);

// Fills in what a document without a catalogue does not say of its pack: its id (`header.pack`, or the format's name), a display
// name and a version.
void CompletePack(const v1::ImportHeader& header, v1::Pack& pack);

// Whether the parts of such a document refer to each other, so that it is taken as a whole or not at all unless the caller says
// otherwise.
bool IsWholePack(v1::PackFormat format);

// `header.bad_entries`, with what UNSPECIFIED means for the format.
v1::BadEntries BadEntriesOf(const v1::ImportHeader& header);

}  // namespace assay::bank
