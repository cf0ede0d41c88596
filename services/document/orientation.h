// Which side of a photo is up: the one thing of a camera's metadata (Exif) that is needed, since
// phones store what the sensor saw and say how it was held.
#pragma once

#include <string_view>

namespace suyuan::document {

// Of Exif tag 0x0112, values 1 to 8: where a pixel of the upright picture is found in the stored
// one. First the coordinates change places, then they count from the other side.
struct Orientation {
  bool swaps = false;
  bool mirrors_x = false;
  bool mirrors_y = false;
  bool operator==(const Orientation&) const = default;
};

// As it is stored, where the JPEG does not say otherwise or cannot be followed. Pure.
Orientation OrientationOf(std::string_view jpeg);

}  // namespace suyuan::document
