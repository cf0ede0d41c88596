// Label stocks and where things stand on them: templates as data. Millimetres throughout.
// Sources: sheets as Debian's glabels-data has them; net content: the height of its digits by the
// Measures for Quantitatively Packed Commodities (定量包装商品计量监督管理办法).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace suyuan::document {

// Cells of an A4 sheet.
struct Grid {
  int columns = 0, rows = 0;
  double left = 0, top = 0, pitch_x = 0, pitch_y = 0;
};
constexpr double kA4Width = 210, kA4Height = 297;

// A line of the column beside the code.
enum class Line { kProduct, kGradeAndNetContent, kHarvest, kProducer, kBatch, kCode, kDomain };

struct Layout {
  std::string_view name;
  double width = 0, height = 0;
  double module = 0.5;  // Of the QR code; a printer takes as many whole dots as it has room for.
  double title = 0, text = 0;  // Height of the type (em).
  std::vector<Line> beside;    // The code, from the top.
  std::vector<Line> below;
  std::optional<Grid> grid;  // Nothing: a roll, one label a page.
};

// Null: there is none of that name.
const Layout* FindLayout(std::string_view name);
std::vector<std::string> LayoutNames();

// What the digits of a net content must measure at least; 0 where it is no mass or volume.
double NetContentHeight(int64_t amount, bool mass_or_volume);

}  // namespace suyuan::document
