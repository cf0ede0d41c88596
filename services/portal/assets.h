// The scripts of the scan page, as bundled when this was built. A path names its content, so that
// what is under it never changes. Immutable; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "services/http/server.h"

namespace suyuan::portal {

namespace scripts {  // Made by services/portal/web/embed.cmake.
extern const std::string_view verify, fallback, keep;
}  // namespace scripts

// "/s/verify-0123456789abcdef.js".
const std::string& VerifyScriptPath();
const std::string& FallbackScriptPath();

bool ServesAsset(std::string_view path);
// 404: none of that path.
http::Response AssetAnswer(const http::Request& request);

}  // namespace suyuan::portal
