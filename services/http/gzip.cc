#include <zlib.h>

#include "services/http/server.h"
#include "storage/base/status.h"

namespace suyuan::http {

bool TakesGzip(const Request& request) {
  return request.Header("accept-encoding").find("gzip") != std::string_view::npos;
}

std::string Gzip(std::string_view body) {
  constexpr int kGzipWindow = 15 + 16;  // zlib: 16 more asks for the gzip wrapper.
  constexpr int kMemoryLevel = 8;
  z_stream stream{};
  SUYUAN_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                            Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  SUYUAN_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace suyuan::http
