// What a GS1 resolver says of itself and of the things it knows. Pure; thread-safe.
// Sources: RFC 9264; GS1-Conformant Resolver Standard 1.2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/portal/address.h"

namespace suyuan::portal {

// What a `linkType` asks for, as "gs1:pip" or "https://ref.gs1.org/voc/pip".
enum class LinkWish {
  kDefault,  // Nothing said, or the one default link.
  kPage,     // A kind the page answers.
  kLinkset,  // "linkset", and its older spelling "all".
  kUnknown,  // Nothing here is of that kind: 404.
};
// Of a `product` alone fewer kinds are known: neither where it is from nor whether it is recalled.
LinkWish LinkWishOf(std::string_view link_type, bool product);

struct Anchor {
  std::string path;  // Canonical.
  bool product = false;
};
// The linkset of several anchors on `base`, the scanned one first, each with exactly one default
// link.
std::string Linkset(const std::string& base, const std::vector<Anchor>& anchors);

// Link headers of an answer about the thing at `url`: where its linkset is.
std::string LinkHeader(const std::string& url);

// /.well-known/gs1resolver.
std::string ResolverDescription(const std::string& base);

}  // namespace suyuan::portal
