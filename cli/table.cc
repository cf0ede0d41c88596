#include "cli/table.h"

#include <algorithm>

#include "services/text/width.h"

namespace suyuan::cli {
namespace {

constexpr char kGap[] = "  ";

}  // namespace

Table::Table(std::ostream* out, std::vector<std::string> headers)
    : out_(out), kept_{std::move(headers)} {}

void Table::Add(std::vector<std::string> row) {
  ++rows_;
  if (!widths_.empty()) return Write(row);
  kept_.push_back(std::move(row));
  if (kept_.size() > kRowsKept) Flush();
}

void Table::Flush() {
  if (!widths_.empty() || rows_ == 0) return;
  widths_.resize(kept_.front().size());
  for (const std::vector<std::string>& row : kept_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], text::DisplayWidth(row[i]));
    }
  }
  for (const std::vector<std::string>& row : kept_) Write(row);
  kept_.clear();
}

void Table::Write(const std::vector<std::string>& row) {
  std::string line;
  for (size_t i = 0; i < row.size(); ++i) {
    line += i + 1 == row.size() ? row[i] : text::PadTo(row[i], widths_[i]) + kGap;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  *out_ << line << '\n';
}

void WriteFields(std::ostream& out,
                 const std::vector<std::pair<std::string, std::string>>& fields) {
  int width = 0;
  for (const auto& [name, value] : fields) width = std::max(width, text::DisplayWidth(name));
  for (const auto& [name, value] : fields) {
    if (!value.empty()) out << text::PadTo(name, width) << kGap << value << '\n';
  }
}

}  // namespace suyuan::cli
