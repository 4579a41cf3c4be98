#pragma once

#include <memory>
#include <string_view>

#include "services/bank/domain/pack_writer.h"

namespace assay::bank {

inline constexpr std::string_view kQtiNamespace = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0";
// Of the element that holds the items of a bank, which QTI itself only knows as a package of files.
inline constexpr std::string_view kQtiBankNamespace = "urn:assay:qti-bank:1";

// QTI 3.0: each question a qti-assessment-item with an extended text interaction, scored by a person from 1 to 5. What the scorer
// needs, the probes for the interviewer, and what authors need stand in a rubric block each, as marked up fields
// (question_markup.h). The items stand in one <bank> element; each of them is a valid item on its own. MakeQtiReader reads all of it.
std::unique_ptr<PackWriter> MakeQtiWriter();

}  // namespace assay::bank
