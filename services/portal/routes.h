// What is served where: scan pages, health, the log's tiles, and the API.
#pragma once

#include <string>
#include <string_view>

#include "services/http/server.h"
#include "services/portal/connect.h"
#include "services/portal/portal.h"
#include "services/portal/tiles.h"
#include "services/text/catalogue.h"

namespace suyuan::portal {

// A scanned address: a GS1 Digital Link `/01/{gtin}/21/{serial}` or the short `/t/{code}`.
struct LabelAddress {
  std::string gtin;  // Empty for the short form.
  std::string code;
};
// False where the path is neither. The values are as received, to be checked by their rules.
bool ParseLabelAddress(std::string_view path, LabelAddress* address);

// The first of Chinese and English the client asks for (RFC 9110 12.5.4); Chinese where it says
// nothing we have.
text::Language LanguageOf(std::string_view accept_language);

// Thread-safe.
class Routes {
 public:
  explicit Routes(const PortalOptions& options);
  void Handle(http::Request request, http::Respond respond) const;

 private:
  void ScanLabel(const http::Request& request, const LabelAddress& address,
                 http::Respond respond) const;

  const PortalOptions options_;
  const Connect connect_;
  const Tiles tiles_;
};

}  // namespace suyuan::portal
