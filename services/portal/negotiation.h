// What a client asks for: language, form, kind of link. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "services/http/server.h"
#include "services/text/catalogue.h"

namespace suyuan::portal {

// Of the target's query, percent-decoded; empty where it is not there or the target is none.
std::string QueryValue(std::string_view target, std::string_view name);

// The first of Chinese and English an Accept-Language asks for (RFC 9110 12.5.4); Chinese where it
// says nothing we have.
text::Language LanguageOf(std::string_view accept_language);
// The address's own wish ("?lang=en"), else the browser's.
text::Language LanguageFor(const http::Request& request);
// Large type, by the address alone ("?big=1").
bool LargeFor(const http::Request& request);

enum class Form {
  kPage,     // text/html.
  kLinkset,  // application/linkset+json, RFC 9264.
  kJson,     // application/json: the answer of the API.
};
// The form an Accept header likes best; the page where it likes several alike, or none.
Form FormOf(std::string_view accept);

}  // namespace suyuan::portal
