// Writes the sample report as HTML to the file named on the command line, for looking at it in a browser.
#include <fstream>
#include <iostream>

#include "services/reporting/domain/candidate_report.h"
#include "services/reporting/render/html_report.h"
#include "tests/unit/reporting/sample_source.h"

int main(int argc, char** argv) {
  using namespace assay::reporting;
  if (argc != 2) {
    std::cerr << "usage: reporting_preview FILE.html\n";
    return 2;
  }
  const auto built = BuildCandidateReport(SampleSource(), Decider(), {.now = SampleNow()});
  if (!built.ok()) return 1;
  const auto html = CandidateReportHtml(built->report);
  if (!html.ok()) return 1;
  std::ofstream(argv[1]) << *html;
  return 0;
}
