// certification: what officers find of a party's products in the registers of certifications.
#include "cli/commands/commands.h"

namespace suyuan::cli {

std::vector<Command> CertificationCommands() {
  return {{.path = "certification record",
           .help = {"登记一项认证（监管部门，先在发证机构的公开名录里核对）",
                    "record a certification (regulators), once looked up in its public register"},
           .method = "RegistryService/RecordCertification",
           .args = {{"--holder", "certification.holder", {"持证主体", "whose produce it is"}},
                    {"--scheme", "certification.scheme", {"种类", "scheme"}},
                    {"--number", "certification.number", {"证书编号", "number of the certificate"}},
                    {"--body", "certification.body", {"发证机构名称", "name of who issued it"}},
                    {"--product",
                     "certification.products",
                     {"覆盖的产品，可多次", "product it covers, repeatable"}},
                    {"--from", "certification.from_date", {"起日，如 2026-01-01", "its first day"}},
                    {"--until",
                     "certification.until_date",
                     {"止日（含），如 2028-12-31", "its last day, included"}}}},
          {.path = "certification end",
           .help = {"登记一项认证终止，或登记有误",
                    "record that a certification ended early, or was recorded in error"},
           .method = "RegistryService/EndCertification",
           .args = {{"certification", "end.certification", {"认证编号", "certification"}},
                    {"--cause", "end.cause", {"原因", "why"}},
                    {"--on",
                     "end.end_date",
                     {"从哪天起不再有效；登记有误的不写",
                      "first day it holds no more; none of an error"}}}},
          {.path = "certification list",
           .help = {"列出认证，已终止的也在内", "list certifications, those that ended too"},
           .method = "RegistryService/ListCertifications",
           .args = {{"--party", "party", {"只看该主体的", "only of this party"}}},
           .view = {"certifications",
                    {"name", "claim.holder", "claim.scheme", "claim.number", "claim.body",
                     "claim.products", "claim.from_date", "claim.until_date", "end.cause",
                     "end.end_date"}}}};
}

}  // namespace suyuan::cli
