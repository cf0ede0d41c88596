// Where a tile or a bundle of entries stands under a log's address: c2sp.org/tlog-tiles. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace suyuan::ledger {

// "tile/{level}/{index}", with ".p/{width}" after it where `width` is less than 256. The index is
// in groups of three digits, all but the last with an x before them: 1234067 is x001/x234/067.
// Aborts unless the level is 0 to 63 and the width 1 to 256.
std::string TilePath(int level, uint64_t index, uint64_t width);

// "tile/entries/{index}", as above.
std::string EntriesPath(uint64_t index, uint64_t width);

}  // namespace suyuan::ledger
