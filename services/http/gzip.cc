#include <zlib.h>

#include "services/http/server.h"
#include "storage/base/status.h"

namespace suyuan::http {
namespace {

// RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system.
constexpr std::string_view kHeader("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);

const Bytef* Bytes(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

uint32_t Crc(std::string_view text) {
  return static_cast<uint32_t>(crc32(0, Bytes(text), static_cast<uInt>(text.size())));
}

// One thread's compressor: to make one costs more than to compress a page.
class Deflater {
 public:
  Deflater() {
    constexpr int kRawWindow = -15;
    constexpr int kMemoryLevel = 8;
    SUYUAN_CHECK(deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawWindow, kMemoryLevel,
                              Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~Deflater() { deflateEnd(&stream_); }

  // Appends `text` compressed: to its end, or up to a byte's boundary where more may follow that
  // refers to nothing before it.
  void Append(std::string_view text, bool last, std::string* out) {
    constexpr size_t kFlush = 16;  // What a flush may add to the bound.
    SUYUAN_CHECK(deflateReset(&stream_) == Z_OK);
    const size_t before = out->size();
    out->resize(before + deflateBound(&stream_, text.size()) + kFlush);
    stream_.next_in = const_cast<Bytef*>(Bytes(text));
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out->data() + before);
    stream_.avail_out = static_cast<uInt>(out->size() - before);
    const int result = deflate(&stream_, last ? Z_FINISH : Z_FULL_FLUSH);
    SUYUAN_CHECK(result == (last ? Z_STREAM_END : Z_OK) && stream_.avail_in == 0);
    out->resize(before + stream_.total_out);
  }

 private:
  z_stream stream_{};
};

Deflater& OfThisThread() {
  static thread_local Deflater deflater;
  return deflater;
}

void AppendLittleEndian32(uint32_t value, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) out->push_back(static_cast<char>(value >> shift));
}

}  // namespace

bool TakesGzip(const Request& request) {
  return request.Header("accept-encoding").find("gzip") != std::string_view::npos;
}

std::string Gzip(std::string_view body) {
  std::string out(kHeader);
  OfThisThread().Append(body, true, &out);
  AppendLittleEndian32(Crc(body), &out);
  AppendLittleEndian32(static_cast<uint32_t>(body.size()), &out);
  return out;
}

GzipPrefix::GzipPrefix(std::string text) : text_(std::move(text)), deflated_(kHeader) {
  OfThisThread().Append(text_, false, &deflated_);
  crc_ = Crc(text_);
}

std::string GzipPrefix::With(std::string_view rest) const {
  std::string out = deflated_;
  OfThisThread().Append(rest, true, &out);
  AppendLittleEndian32(
      static_cast<uint32_t>(crc32_combine(crc_, Crc(rest), static_cast<z_off_t>(rest.size()))),
      &out);
  AppendLittleEndian32(static_cast<uint32_t>(text_.size() + rest.size()), &out);
  return out;
}

}  // namespace suyuan::http
