// party, site, plot, product.
#include "cli/commands/commands.h"

namespace suyuan::cli {
namespace {

const Arg kName{"name", "name", {"编号", "its name"}};

std::vector<Command> Parties() {
  return {
      {.path = "party register",
       .help = {"登记主体（运营方或监管部门）", "register a party (operators and regulators)"},
       .method = "RegistryService/RegisterParty",
       .args = {{"--name", "party.name", {"名称", "name"}},
                {"--name-en", "party.name_en", {"英文名称", "English name"}},
                {"--role", "party.roles", {"类型，可多次", "role, repeatable"}},
                {"--uscc", "party.uscc", {"统一社会信用代码", "unified social credit identifier"}},
                {"--region", "party.region_code", {"行政区划代码", "region code"}}}},
      {.path = "party list",
       .help = {"列出主体", "list parties"},
       .method = "RegistryService/ListParties",
       .view = {"parties", {"name", "claim.name", "claim.roles", "claim.uscc", "record_time"}}},
      {.path = "party get",
       .help = {"查看主体", "show a party"},
       .method = "RegistryService/GetParty",
       .args = {kName},
       .view = {"",
                {"name", "claim.name", "claim.name_en", "claim.roles", "claim.uscc",
                 "claim.region_code", "record_time"}}}};
}

std::vector<Command> Sites() {
  return {{.path = "site register",
           .help = {"登记本单位的站点", "register a site of one's own party"},
           .method = "RegistryService/RegisterSite",
           .args = {{"--name", "site.name", {"名称", "name"}},
                    {"--name-en", "site.name_en", {"英文名称", "English name"}},
                    {"--kind", "site.kind", {"类型", "kind"}},
                    {"--parent", "site.parent", {"上级站点", "the site above it"}},
                    {"--township", "site.township", {"乡镇", "township"}},
                    {"--region", "site.region_code", {"行政区划代码", "region code"}}}},
          {.path = "site list",
           .help = {"列出站点", "list sites"},
           .method = "RegistryService/ListSites",
           .args = {{"--party", "party", {"只看该主体的", "only of this party"}}},
           .view = {"sites", {"name", "claim.name", "claim.kind", "claim.township", "party"}}},
          {.path = "site get",
           .help = {"查看站点", "show a site"},
           .method = "RegistryService/GetSite",
           .args = {kName},
           .view = {"",
                    {"name", "claim.name", "claim.name_en", "claim.kind", "claim.parent",
                     "claim.township", "claim.region_code", "party", "record_time"}}}};
}

std::vector<Command> Plots() {
  return {{.path = "plot register",
           .help = {"登记本单位的地块", "register a plot of one's own party"},
           .method = "RegistryService/RegisterPlot",
           .args = {{"--name", "plot.name", {"名称", "name"}},
                    {"--kind", "plot.kind", {"类型", "kind"}},
                    {"--area", "plot.area_m2", {"面积，如 12.5亩", "area, like 12.5亩 or 0.8ha"}},
                    {"--township", "plot.township", {"乡镇", "township"}},
                    {"--village", "plot.village", {"村", "village"}},
                    {"--region", "plot.region_code", {"行政区划代码", "region code"}},
                    {"--person", "plot.person", {"私密库里的自然人", "person of the vault"}},
                    {"--private-root",
                     "plot.private_root",
                     {"member store 答复的根", "root that member store answered"}}}},
          {.path = "plot list",
           .help = {"列出地块", "list plots"},
           .method = "RegistryService/ListPlots",
           .args = {{"--party", "party", {"只看该主体的", "only of this party"}}},
           .view = {"plots",
                    {"name", "claim.name", "claim.kind", "claim.area_m2", "claim.township",
                     "claim.village", "party"}}},
          {.path = "plot get",
           .help = {"查看地块", "show a plot"},
           .method = "RegistryService/GetPlot",
           .args = {kName},
           .view = {"",
                    {"name", "claim.name", "claim.kind", "claim.area_m2", "claim.township",
                     "claim.village", "claim.region_code", "party", "record_time"}}}};
}

std::vector<Command> Products() {
  return {{.path = "product register",
           .help = {"登记产品", "register a product"},
           .method = "RegistryService/RegisterProduct",
           .args = {{"--name", "product.name", {"名称", "name"}},
                    {"--name-en", "product.name_en", {"英文名称", "English name"}},
                    {"--gtin", "product.gtin", {"商品条码 GTIN", "GTIN"}},
                    {"--class", "product.product_class", {"类别，如 蔬菜", "class, like 蔬菜"}},
                    {"--unit", "product.unit", {"计量单位", "unit it is counted in"}},
                    {"--net-content",
                     "product.net_content",
                     {"每件净含量，如 500g", "content of a pack, like 500g"}},
                    {"--grade",
                     "product.grades",
                     {"等级，从高到低，可多次", "grade, best first, repeatable"}},
                    {"--shelf-life-days",
                     "product.shelf_life_days",
                     {"保质期天数", "shelf life in days"}}}},
          {.path = "product list",
           .help = {"列出产品", "list products"},
           .method = "RegistryService/ListProducts",
           .args = {{"--party", "party", {"只看该主体的", "only of this party"}}},
           .view = {"products",
                    {"name", "claim.name", "claim.gtin", "claim.unit", "claim.net_content",
                     "claim.grades", "party"}}},
          {.path = "product get",
           .help = {"查看产品", "show a product"},
           .method = "RegistryService/GetProduct",
           .args = {kName},
           .view = {"",
                    {"name", "claim.name", "claim.name_en", "claim.gtin", "claim.unit",
                     "claim.net_content", "claim.grades", "party", "record_time"}}}};
}

}  // namespace

std::vector<Command> RegistryCommands() {
  std::vector<Command> all;
  for (const auto& family : {Parties, Sites, Plots, Products}) {
    for (Command& command : family()) all.push_back(std::move(command));
  }
  return all;
}

}  // namespace suyuan::cli
