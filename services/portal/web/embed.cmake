# cmake -D FOLDER=… -D OUTPUT=… -P embed.cmake: the bundled scripts as one C++ source of bytes.
set(source "#include \"services/portal/assets.h\"\n\nnamespace suyuan::portal::scripts {\n")
foreach(name verify fallback keep)
  file(READ "${FOLDER}/${name}.js" bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND source "static const unsigned char ${name}_bytes[] = {${bytes}};\n"
    "const std::string_view ${name}(reinterpret_cast<const char*>(${name}_bytes), ${size});\n")
endforeach()
string(APPEND source "}  // namespace suyuan::portal::scripts\n")
file(WRITE "${OUTPUT}" "${source}")
