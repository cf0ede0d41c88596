// Words in both languages.
#pragma once

#include <string>
#include <utility>

#include "services/text/catalogue.h"

namespace suyuan::cli {

using text::Language;

struct Say {
  std::string zh;
  std::string en;

  const std::string& In(Language language) const {
    return language == Language::kChinese ? zh : en;
  }
  bool empty() const { return zh.empty(); }
};

}  // namespace suyuan::cli
