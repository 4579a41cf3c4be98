#pragma once

#include <string_view>
#include <vector>

#include "assay/bank/v1/question.pb.h"

namespace assay::bank {

// Splits what a strong answer covers ("Labelled vs. unlabelled data; variants- SGD, Adam, momentum;
// examples.") into atomic concepts with ids that are unique within the list. Semicolons and lines
// separate; an arrow chain gives its stages; a plain list of three or more short terms gives its
// terms, with the words that head it kept in the text. Enumerations that illustrate ("examples -
// …", "tools - …") stay one concept with the items as its terms. What is between parentheses or
// dollars is never split. At most 20: lists stay whole where their terms would be more.
std::vector<v1::KeyConcept> SplitKeyConcepts(std::string_view covers);

}  // namespace assay::bank
