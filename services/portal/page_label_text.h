// What the pages say of the label itself, apart from the goods it is on. "Genuine" and its contrary
// are not among it: nothing here can tell.
#pragma once

#include "services/portal/page_text.h"

namespace suyuan::portal::words {

// clang-format off
inline constexpr Words kThisLabel{"这枚标签", "This label"};
inline constexpr Words kLabelNotPrinted{"没有登记它印制过，同一批标签里别的登记过。如果它已经在商品上，请问卖家。", "Not recorded as printed, though others of its run are. If it is on a pack, ask the seller."};
inline constexpr Words kLabelNotApplied{"{day}印制，还没有登记贴到商品上。如果它已经在商品上，请问卖家。", "Printed on {day}, not yet recorded as put on a pack. If it is on one, ask the seller."};
inline constexpr Words kLabelApplied{"{day}贴到商品上。", "Put on its pack on {day}."};
inline constexpr Words kLabelSold{"{day}登记为已售出。", "Recorded as sold on {day}."};
inline constexpr Words kLabelGone{"{day}登记为{cause}。如果这件商品还在出售，请问卖家。", "Recorded as {cause} on {day}. If the pack is still on sale, ask the seller."};
inline constexpr Words kScanNone{"这枚码此前没有扫码记录。", "No earlier scan of this code is on record."};
inline constexpr Words kScanFirst{"首次扫码：{day}。", "First scanned on {day}."};
inline constexpr Words kScanFirstIn{"首次扫码：{day}，{place}。", "First scanned on {day} in {place}."};
inline constexpr Words kScanCount{"近 90 天里扫过 {n} 次。", " Scanned {n} times in the last 90 days."};
inline constexpr Words kScanMany{"近 90 天里扫过 20 次以上。", " Scanned more than 20 times in the last 90 days."};
inline constexpr Words kPrivacyPlaces{"本页不用账号，不存 Cookie。只记这枚码哪天、在哪个省或国家被扫，扫了几次，不记是谁扫的。", "No account, no cookie. We count on which days, in which provinces or countries and how often a code is scanned, never by whom."};
inline constexpr Words kScanUnusual{"一天里被十个以上的网络扫过，或一周里在超过三个地方被扫过：可能有人复制了它，也可能只是给许多人看过。", "It was scanned from more than ten networks in a day, or in more than three places within a week: somebody may have copied it, or only shown it to many."};
inline constexpr Words kUnusual{"这枚码的扫码情况|不寻常", "Unusual activity |on this code"};
inline constexpr Words kUnusualMeans{"请问卖家，并核对品名、净含量和等级。", "Ask the seller, and compare name, content and grade with the pack."};
inline constexpr Words kPinType{"输入刮开涂层下的 8 位数字", "Type the 8 digits under the scratch layer"};
inline constexpr Words kPinCheck{"核对", "Check"};
inline constexpr Words kPinHint{"买到时涂层已被刮开的，请问卖家。", "If the layer was scratched off when you bought it, ask the seller."};
inline constexpr Words kPinRight{"数字相符，此前没有人输对过。", "The digits match, and nobody typed them before."};
inline constexpr Words kPinRightAgain{"数字相符。{day}已经有人输对过：如果不是您，请问卖家。", "The digits match. Somebody typed them first on {day}: if it was not you, ask the seller."};
inline constexpr Words kPinWrong{"数字不符，还可以试 {n} 次。", "The digits do not match. Tries left: {n}."};
inline constexpr Words kPinLocked{"已经 5 次不符，{time} 以后才能再试。", "Five tries did not match. It can be tried again from {time} on."};
inline constexpr Words kPinTooMany{"这里试的次数太多，请过些时候再试。", "Too many tries from here. Please try again later."};
inline constexpr Words kPinMalformed{"请输入 8 位数字。", "Please type 8 digits."};
// clang-format on

}  // namespace suyuan::portal::words
