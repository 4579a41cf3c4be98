#pragma once

#include <memory>

#include "services/bank/domain/pack_writer.h"

namespace assay::bank {

// Moodle XML: each question an essay, part and section its category, the id its ID number, tags its tags; everything else as marked
// up fields in the information for graders (question_markup.h). MakeMoodleReader reads all of it back.
std::unique_ptr<PackWriter> MakeMoodleWriter();

}  // namespace assay::bank
