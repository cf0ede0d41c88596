#include "services/document/label_layout.h"

namespace suyuan::document {
namespace {

const std::vector<Layout>& Layouts() {
  using enum Line;
  static const auto* layouts = new std::vector<Layout>{
      // Rolls for thermal printers. The smallest has no room for who grew it; the page says so.
      {.name = "40x30",
       .width = 40,
       .height = 30,
       .title = 3.1,
       .text = 2.55,
       .beside = {kProduct, kGradeAndNetContent, kHarvest},
       .below = {kCode, kDomain}},
      {.name = "50x30",
       .width = 50,
       .height = 30,
       .title = 3.3,
       .text = 2.55,
       .beside = {kProduct, kGradeAndNetContent, kHarvest, kProducer},
       .below = {kCode, kDomain}},
      {.name = "60x40",
       .width = 60,
       .height = 40,
       .module = 0.63,
       .title = 3.9,
       .text = 2.6,
       .beside = {kProduct, kGradeAndNetContent, kHarvest, kProducer},
       .below = {kBatch, kCode, kDomain}},
      // A4 sheets.
      {.name = "a4-3x7",
       .width = 63.5,
       .height = 38.1,
       .title = 3.9,
       .text = 2.6,
       .beside = {kProduct, kGradeAndNetContent, kHarvest, kProducer},
       .below = {kBatch, kCode, kDomain},
       .grid = Grid{3, 7, 7.48, 15.49, 66.04, 38.1}},
      {.name = "a4-3x8",
       .width = 70,
       .height = 37,
       .title = 3.9,
       .text = 2.6,
       .beside = {kProduct, kGradeAndNetContent, kHarvest, kProducer},
       .below = {kBatch, kCode, kDomain},
       .grid = Grid{3, 8, 0, 0, 70, 37}},
      {.name = "a4-4x10",
       .width = 48.5,
       .height = 25.4,
       .title = 2.85,
       .text = 2.55,
       .beside = {kProduct, kGradeAndNetContent, kHarvest, kCode, kDomain},
       .below = {},
       .grid = Grid{4, 10, 8, 21.5, 48.5, 25.4}},
  };
  return *layouts;
}

}  // namespace

const Layout* FindLayout(std::string_view name) {
  for (const Layout& layout : Layouts()) {
    if (layout.name == name) return &layout;
  }
  return nullptr;
}

std::vector<std::string> LayoutNames() {
  std::vector<std::string> names;
  for (const Layout& layout : Layouts()) names.emplace_back(layout.name);
  return names;
}

double NetContentHeight(int64_t amount, bool mass_or_volume) {
  constexpr int64_t kGram = 1000;  // Of milligrams; of microlitres a millilitre.
  if (!mass_or_volume) return 0;
  if (amount <= 50 * kGram) return 2;
  if (amount <= 200 * kGram) return 3;
  return amount <= 1000 * kGram ? 4 : 6;
}

}  // namespace suyuan::document
