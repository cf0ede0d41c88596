// Writes HTML that cannot be broken into: markup comes from literals of the program alone, every
// value is escaped on its way in.
#pragma once

#include <string>
#include <string_view>

namespace suyuan::portal {

// A string literal. Nothing that is not written in the source can become one.
class Markup {
 public:
  template <size_t Size>
  consteval Markup(const char (&text)[Size]) : text_(text, Size - 1) {}
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// Thread-compatible.
class Html {
 public:
  Html& Raw(Markup markup);
  // Between tags. Escapes & < > " ' and drops control and bidirectional characters.
  Html& Text(std::string_view text);
  // ` name="value"` inside a tag, escaped. Not for addresses.
  Html& Attribute(Markup name, std::string_view value);
  // The value between two pieces of markup, or nothing at all where it is empty.
  Html& TextIn(Markup before, std::string_view text, Markup after);
  // <script> with a program's text: ours, as built. Aborts where it would end the element itself.
  Html& Script(std::string_view source);
  // <script type="application/json" id=…> with a value; what could end the element is escaped.
  Html& Json(Markup id, std::string_view json);

  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace suyuan::portal
