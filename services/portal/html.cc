#include "services/portal/html.h"

#include <cstdint>

#include "storage/base/status.h"

namespace suyuan::portal {
namespace {

// Characters that hide or reorder what stands beside them: the length of the one at the beginning
// of `text` in bytes, 0 where it is none. U+200B–200F, 202A–202E, 2060–2069, FEFF.
size_t HiddenAt(std::string_view text) {
  if (text.size() < 3) return 0;
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(text[at]); };
  if (byte(0) == 0xEF) return byte(1) == 0xBB && byte(2) == 0xBF ? 3 : 0;
  if (byte(0) != 0xE2) return 0;
  const bool hidden = (byte(1) == 0x80 && byte(2) >= 0x8B && byte(2) <= 0x8F) ||
                      (byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE) ||
                      (byte(1) == 0x81 && byte(2) >= 0xA0 && byte(2) <= 0xA9);
  return hidden ? 3 : 0;
}

void Escape(std::string_view text, std::string* out) {
  while (!text.empty()) {
    if (const size_t hidden = HiddenAt(text); hidden > 0) {
      text.remove_prefix(hidden);
      continue;
    }
    const char c = text.front();
    text.remove_prefix(1);
    switch (c) {
      case '&':
        *out += "&amp;";
        break;
      case '<':
        *out += "&lt;";
        break;
      case '>':
        *out += "&gt;";
        break;
      case '"':
        *out += "&quot;";
        break;
      case '\'':
        *out += "&#39;";
        break;
      default:
        if (static_cast<uint8_t>(c) >= 0x20 && c != 0x7F) out->push_back(c);
    }
  }
}

}  // namespace

Html& Html::Raw(Markup markup) {
  out_ += markup.text();
  return *this;
}

Html& Html::Text(std::string_view text) {
  Escape(text, &out_);
  return *this;
}

Html& Html::Attribute(Markup name, std::string_view value) {
  out_ += ' ';
  out_ += name.text();
  out_ += "=\"";
  Escape(value, &out_);
  out_ += '"';
  return *this;
}

Html& Html::TextIn(Markup before, std::string_view text, Markup after) {
  if (text.empty()) return *this;
  return Raw(before).Text(text).Raw(after);
}

Html& Html::Script(std::string_view source) {
  SUYUAN_CHECK(source.find("</") == std::string_view::npos &&
               source.find("<!--") == std::string_view::npos);
  out_ += "<script>";
  out_ += source;
  out_ += "</script>";
  return *this;
}

Html& Html::Json(Markup id, std::string_view json) {
  Raw("<script type=\"application/json\" id=").Raw(id).Raw(">");
  for (const char c : json) {
    if (c == '<') {
      out_ += "\\u003c";  // The same to whoever parses it.
    } else {
      out_ += c;
    }
  }
  return Raw("</script>");
}

}  // namespace suyuan::portal
