#include "services/portal/linkset.h"

#include <boost/json.hpp>
#include <span>

#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

namespace json = boost::json;

constexpr std::string_view kVocabulary = "https://ref.gs1.org/voc/";
constexpr std::string_view kPrefix = "gs1:";

// The kinds of link that lead to the page: one page answers them all, in two languages.
struct Kind {
  std::string_view name, title;
};
// The first of them are all that a product alone has.
constexpr Kind kKinds[] = {
    {"defaultLink", "这件商品的溯源 · where it comes from"},
    {"pip", "商品信息 · product information"},
    {"traceability", "溯源 · traceability"},
    {"recallStatus", "召回状态 · recall status"},
    {"safetyInfo", "检验与安全 · tests and safety"},
};

constexpr size_t kKindsOfProduct = 2;

std::span<const Kind> KindsOf(bool product) {
  return std::span<const Kind>(kKinds).first(product ? kKindsOfProduct : std::size(kKinds));
}

json::object Link(const std::string& href, std::string_view title, const char* type) {
  return {{"href", href},
          {"title", json::string_view(title.data(), title.size())},
          {"type", type},
          {"hreflang", json::array{"zh-CN", "en"}}};
}

}  // namespace

LinkWish LinkWishOf(std::string_view link_type, bool product) {
  if (link_type.empty()) return LinkWish::kDefault;
  if (link_type == "linkset" || link_type == "all") return LinkWish::kLinkset;
  for (const std::string_view prefix : {kPrefix, kVocabulary}) {
    if (!link_type.starts_with(prefix)) continue;
    link_type.remove_prefix(prefix.size());
    if (link_type == kKinds[0].name) return LinkWish::kDefault;
    for (const Kind& kind : KindsOf(product)) {
      if (link_type == kind.name) return LinkWish::kPage;
    }
  }
  return LinkWish::kUnknown;
}

std::string Linkset(const std::string& base, const std::vector<Anchor>& anchors) {
  json::array linkset;
  for (const Anchor& of : anchors) {
    const std::string url = base + of.path;
    json::object anchor{{"anchor", url}};
    const std::string_view facts = of.product ? "pip" : "traceability";
    for (const Kind& kind : KindsOf(of.product)) {
      // Where a product's own code leads tells of the product, not of one pack.
      const std::string_view title = of.product ? kKinds[1].title : kind.title;
      json::array links{Link(url, title, "text/html")};
      // The same facts for programs.
      if (kind.name == facts) links.push_back(Link(url, title, "application/json"));
      anchor[StrCat(kVocabulary, kind.name)] = std::move(links);
    }
    linkset.push_back(std::move(anchor));
  }
  return json::serialize(json::object{{"linkset", std::move(linkset)}});
}

std::string LinkHeader(const std::string& url) {
  return StrCat("<", url, "?linkType=linkset>; rel=\"linkset\"; type=\"application/linkset+json\"");
}

std::string ResolverDescription(const std::string& base) {
  json::array kinds;
  for (const Kind& kind : kKinds) kinds.push_back(json::string(std::string(kind.name)));
  return json::serialize(json::object{
      {"name", "溯源 suyuan"},
      {"resolverRoot", base},
      {"supportedPrimaryKeys", json::array{"01"}},
      {"linkTypeDefaultCanBeLinkset", false},
      {"supportedLinkType", json::array{json::object{{"namespace", std::string(kVocabulary)},
                                                     {"prefix", std::string(kPrefix)},
                                                     {"linkTypes", std::move(kinds)}}}},
  });
}

}  // namespace suyuan::portal
