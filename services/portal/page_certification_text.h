// What the pages say of certifications: what a register held at harvest, and nothing of quality.
#pragma once

#include "services/portal/page_text.h"

namespace suyuan::portal::words {

// clang-format off
inline constexpr Words kCertifications{"认证", "Certifications"};
inline constexpr Words kCertificationNumber{"编号 {number}", "No. {number}"};
inline constexpr Words kCertificationTerm{"有效期 {from} 至 {until}", "Valid from {from} to {until}"};
inline constexpr Words kCertificationHeld{"采收时有效", "Valid at harvest"};
inline constexpr Words kCertificationOver{"采收时有效，{day} 到期", "Valid at harvest; it ended on {day}"};
inline constexpr Words kCertificationEnded{"采收时有效，已于 {day} {cause}", "Valid at harvest; {cause} on {day}"};
inline constexpr Words kCertificationChecked{"核对：{authority}，{date}，第 {sequence} 号记录", "Checked by {authority} on {date}, record {sequence}"};
inline constexpr Words kMoreCertifications{"另有 {n} 项认证未列出。", "Certifications not listed here: {n}."};
inline constexpr Words kMissingCommitment{"承诺达标合格证（应随货附带）", "The grower's 承诺达标合格证 (goes with the goods)"};
inline constexpr Words kMissingCertification{"绿色食品、有机等认证（自愿申请，不是每种产品都有）", "Certifications such as green food or organic (voluntary; not every product has one)"};
// clang-format on

}  // namespace suyuan::portal::words
