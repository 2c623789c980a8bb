# Files that are built into a program: one C++ source with their bytes, and for each its name, its
# content type and a tag that changes with its content.
#
#   steelyard_embed(page_files.cpp HEADER steelyard/gateway/page/page_file.hpp
#     NAMESPACE steelyard::gateway FUNCTION page_files TYPE PageFile
#     FILES page/index.html /usr/share/javascript/chart.js/chart.min.js)
#
# makes ${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp, made anew when one of the files changes.
function(steelyard_embed output)
  cmake_parse_arguments(EMBED "" "HEADER;NAMESPACE;FUNCTION;TYPE" "FILES" ${ARGN})
  set(files "")
  foreach(file IN LISTS EMBED_FILES)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    list(APPEND files ${file})
  endforeach()
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/${output})
  add_custom_command(OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} -D "OUTPUT=${made}" -D "FILES=${files}" -D "HEADER=${EMBED_HEADER}"
      -D "NAMESPACE=${EMBED_NAMESPACE}" -D "FUNCTION=${EMBED_FUNCTION}" -D "TYPE=${EMBED_TYPE}"
      -P ${script}
    DEPENDS ${files} ${script}
    COMMENT "Embedding ${output}"
    VERBATIM)
endfunction()
