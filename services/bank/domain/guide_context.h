#pragma once

#include "services/bank/domain/guide_block.h"
#include "services/bank/domain/import_result.h"

// What a line of a guide is where the lines around it decide.
namespace assay::bank {

// Headings in small letters are headings where they stand alone between blank lines, text elsewhere.
void SettleHeadings(SourceDocument& document);

// Page numbers, and headers and footers that a word processor prints on every page, become blank lines, each kind with a finding:
// they may stand in the middle of an answer. `result.lines` is as long as the document.
void SetPageMarksAside(SourceDocument& document, ImportResult& result);

// A guide may number its questions without a letter ("12) …"). Then a numbered line is a question where the labels around it say that
// one ends and the next begins; in an answer it is an item of a list. Does nothing where there are lettered questions or too few labels.
// Returns how many questions there are.
int FindBareQuestions(SourceDocument& document);

// True for a document on machine learning, as the bundled guide and list are: the competencies that the bundled pack assigns by
// number are for those only.
bool IsAboutMachineLearning(const SourceDocument& document);

}  // namespace assay::bank
