#include <zlib.h>

#include "services/http/server.h"
#include "storage/base/status.h"

namespace suyuan::http {
namespace {

// RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system.
constexpr std::string_view kHeader("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);

const Bytef* Bytes(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

// Of what `before` is of, and the text after it.
uint32_t Crc(std::string_view text, uint32_t before = 0) {
  return static_cast<uint32_t>(crc32(before, Bytes(text), static_cast<uInt>(text.size())));
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

void AppendLittleEndian(uint32_t value, int bytes, std::string* out) {
  for (int i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> 8 * i));
}

void AppendTrailer(uint32_t crc, size_t size, std::string* out) {
  AppendLittleEndian(crc, 4, out);
  AppendLittleEndian(static_cast<uint32_t>(size), 4, out);
}

// The last block, as it is (RFC 1951, 3.2.4): what is a line or two hardly gets smaller, and to
// compress it takes longer than all the rest of a page that is kept.
void AppendStored(std::string_view text, std::string* out) {
  constexpr char kLastStored = 1;
  out->push_back(kLastStored);
  AppendLittleEndian(static_cast<uint32_t>(text.size()), 2, out);
  AppendLittleEndian(~static_cast<uint32_t>(text.size()), 2, out);
  out->append(text);
}

}  // namespace

bool TakesGzip(const Request& request) {
  return request.Header("accept-encoding").find("gzip") != std::string_view::npos;
}

std::string Gzip(std::string_view body) {
  std::string out(kHeader);
  OfThisThread().Append(body, true, &out);
  AppendTrailer(Crc(body), body.size(), &out);
  return out;
}

GzipPrefix::GzipPrefix(std::string text) : text_(std::move(text)), deflated_(kHeader) {
  OfThisThread().Append(text_, false, &deflated_);
  crc_ = Crc(text_);
}

std::string GzipPrefix::With(std::string_view rest) const {
  constexpr size_t kStoredMax = 200;
  std::string out = deflated_;
  if (rest.size() <= kStoredMax) {
    AppendStored(rest, &out);
  } else {
    OfThisThread().Append(rest, true, &out);
  }
  AppendTrailer(Crc(rest, crc_), text_.size() + rest.size(), &out);
  return out;
}

}  // namespace suyuan::http
