// What the page of a product's own code says: little, because it is every pack's.
#pragma once

#include "services/portal/page_text.h"

namespace suyuan::portal::words {

// clang-format off
inline constexpr Words kProduct{"这个码只说明|是什么商品", "A product’s code, |not one pack’s"};
inline constexpr Words kProductBatchUnknown{"没有查到您扫的这个码，只查到它的商品。", "The code that you scanned was not found; only its product was."};
inline constexpr Words kProductGtin{"商品条码", "GTIN"};
inline constexpr Words kProductParty{"由谁登记", "Registered by"};
inline constexpr Words kProductMeans{"同一种商品的每一包上都是这个码。从哪块地来、哪天采收、检验结果如何、有没有召回，要看包装上自己的溯源码：请扫它，或者输入它下面的 20 位码。", "It is on every pack of this product. Where a pack is from, when it was harvested, how it tested and whether it is recalled are told by the pack’s own code: scan that, or type the 20 characters under it."};
inline constexpr Words kProductLimit{"登记只说明有人申报了这种商品，不能说明您手里的就是它。", "That it is registered means that somebody named this product here, not that what you hold is it."};
// clang-format on

}  // namespace suyuan::portal::words
