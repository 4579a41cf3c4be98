// Writes a pack as FILE-pack.html and a kit of it as FILE.html and FILE.pdf, for looking at them.
#include <fstream>
#include <iostream>

#include "services/bank/domain/pack_yaml.h"
#include "services/bank/render/kit_sheet.h"
#include "services/bank/render/math.h"
#include "services/bank/render/pack_html.h"
#include "tests/unit/bank/render/sample_kit.h"

int main(int argc, char** argv) {
  using namespace assay::bank;
  if (argc != 3) {
    std::cerr << "usage: bank_preview PACK FILE\n";
    return 2;
  }
  const auto pack = LoadPack(argv[1]);
  if (!pack.ok()) return 1;
  const SampleKit sample = KitOfPack(*pack, "core-ml", v1::LEVEL_FRESHER);
  const KitSheet sheet = LayOutKit(sample.kit, *pack, sample.contents);
  const MathText texts(TextsOf(sheet), BlahtexmlConverter());
  const auto html = KitSheetHtml(sheet, texts);
  const auto pdf = KitSheetPdf(sheet, texts);
  if (!html.ok() || !pdf.ok()) return 1;
  std::ofstream(std::string(argv[2]) + ".html", std::ios::binary) << *html;
  std::ofstream(std::string(argv[2]) + ".pdf", std::ios::binary) << *pdf;
  std::ofstream(std::string(argv[2]) + "-pack.html", std::ios::binary) << RenderPackHtml(*pack, BlahtexmlConverter());
  return 0;
}
