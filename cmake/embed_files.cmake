# The script behind steelyard_embed: writes OUTPUT from FILES.
set(type_of_html "text/html; charset=utf-8")
set(type_of_css "text/css; charset=utf-8")
set(type_of_js "text/javascript; charset=utf-8")
set(type_of_svg "image/svg+xml")
set(type_of_png "image/png")

set(arrays "")
set(rows "")
set(number 0)
foreach(file IN LISTS FILES)
  cmake_path(GET file FILENAME name)
  cmake_path(GET file EXTENSION LAST_ONLY extension)
  string(SUBSTRING "${extension}" 1 -1 extension)
  if(NOT DEFINED type_of_${extension})
    message(FATAL_ERROR "${file}: cmake/embed_files.cmake has no type for .${extension}")
  endif()
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 32 tag)
  # One byte more, so that an empty file is an array, too.
  string(APPEND arrays "constexpr unsigned char kFile${number}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"${name}\", \"${type_of_${extension}}\", \"\\\"${tag}\\\"\",\n"
    "     {reinterpret_cast<const char*>(kFile${number}), sizeof(kFile${number}) - 1}},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Made by cmake/embed_files.cmake.
#include \"${HEADER}\"

namespace ${NAMESPACE} {
namespace {

${arrays}
const ${TYPE} kFiles[] = {
${rows}};

}  // namespace

std::span<const ${TYPE}> ${FUNCTION}() {
  return kFiles;
}

}  // namespace ${NAMESPACE}
")
