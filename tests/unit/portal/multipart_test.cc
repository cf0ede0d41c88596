// What browsers send, and what they do not.
#include "services/portal/multipart.h"

#include "tests/support/test.h"

namespace suyuan::portal {
namespace {

using test::HasCode;

constexpr char kType[] = "multipart/form-data; boundary=----WebKitFormBoundaryAbC123";

// As Chromium sends it.
constexpr char kBody[] =
    "------WebKitFormBoundaryAbC123\r\n"
    "Content-Disposition: form-data; name=\"text\"\r\n\r\n"
    "坏了\r\n第二行\r\n"
    "------WebKitFormBoundaryAbC123\r\n"
    "Content-Disposition: form-data; name=\"photo\"; filename=\"\xE7\x85\xA7.jpg\"\r\n"
    "Content-Type: image/jpeg\r\n\r\n"
    "\xff\xd8\r\n--\r\n\r\n"
    "------WebKitFormBoundaryAbC123\r\n"
    "content-disposition: form-data; name=\"photo\"; filename=\"\"\r\n"
    "Content-Type: application/octet-stream\r\n\r\n"
    "\r\n"
    "------WebKitFormBoundaryAbC123--\r\n";

TEST(MultipartTest, ReadsWhatABrowserSends) {
  const auto parts = ParseForm(kType, kBody);
  ASSERT_OK(parts);
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ(FieldOf(*parts, "text"), "坏了\r\n第二行");
  EXPECT_EQ((*parts)[1].name, "photo");
  EXPECT_EQ((*parts)[1].data, "\xff\xd8\r\n--\r\n");
  EXPECT_EQ((*parts)[2].data, "");
  EXPECT_EQ(FieldOf(*parts, "kind"), "");
  EXPECT_OK(ParseForm("Multipart/Form-Data;boundary=\"----WebKitFormBoundaryAbC123\"", kBody));
}

TEST(MultipartTest, RefusesEveryBodyThatIsCutShort) {
  const std::string body = kBody;
  for (size_t size = 0; size < body.size() - 2; ++size) {  // The last line break may be missing.
    EXPECT_THAT(ParseForm(kType, body.substr(0, size)), HasCode(absl::StatusCode::kInvalidArgument))
        << size;
  }
}

TEST(MultipartTest, RefusesWhatNoBrowserSends) {
  const std::string b = "--B\r\n", disposition = "Content-Disposition: form-data; name=\"a\"";
  const std::string refused[] = {
      "",
      "--B--",                                             // Fine as a form: see below.
      "\r\n--B\r\n" + disposition + "\r\n\r\nx\r\n--B--",  // Something before the first.
      b + disposition + "\r\n\r\nx\r\n--B-- and more",     // Something after the last.
      b + "\r\n\r\nx\r\n--B--",                            // No head.
      b + "Content-Type: text/plain\r\n\r\nx\r\n--B--",    // No name.
      b + "Content-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--B--",
      b + "Content-Disposition: form-data; name=a\r\n\r\nx\r\n--B--",
      b + "Content-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--B--",
      b + disposition + "\r\n" + disposition + "\r\n\r\nx\r\n--B--",  // Two names.
      b + std::string(2000, 'h') + "\r\n" + disposition + "\r\n\r\nx\r\n--B--",
      "--B\n" + disposition + "\n\nx\n--B--",  // Other line breaks.
  };
  for (const std::string& body : refused) {
    if (body == "--B--") continue;
    EXPECT_FALSE(ParseForm("multipart/form-data; boundary=B", body).ok()) << body;
  }
  EXPECT_OK(ParseForm("multipart/form-data; boundary=B", "--B--\r\n"));
  for (const std::string type :
       {"", "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=B",
        "multipart/form-data; boundary=B; boundary=C", "multipart/form-data; boundary=\r\n",
        "multipart/mixed; boundary=B"}) {
    EXPECT_FALSE(ParseForm(type, "--B--\r\n").ok()) << type;
  }
  EXPECT_FALSE(ParseForm("multipart/form-data; boundary=" + std::string(71, 'B'), "--B--").ok());
}

TEST(MultipartTest, RefusesMoreParts) {
  const auto form = [](size_t count) {
    std::string body;
    for (size_t i = 0; i < count; ++i) {
      body += "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
    }
    return ParseForm("multipart/form-data; boundary=B", body + "--B--\r\n");
  };
  EXPECT_OK(form(kPartsMax));
  EXPECT_FALSE(form(kPartsMax + 1).ok());
}

}  // namespace
}  // namespace suyuan::portal
