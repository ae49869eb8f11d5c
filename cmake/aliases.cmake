# Embeds parsers/model/aliases/**/*.alias into assay_model as one generated source: an array of
# (path, text). The texts are parsed on first use (parsers/model/aliases.h).
file(GLOB_RECURSE ALIAS_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/parsers/model/aliases/*.alias)
set(ALIAS_SOURCE ${CMAKE_BINARY_DIR}/generated/alias_data.cc)
add_custom_command(
  OUTPUT ${ALIAS_SOURCE}
  COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR} -DOUTPUT=${ALIAS_SOURCE}
          -P ${CMAKE_SOURCE_DIR}/cmake/embed_aliases.cmake
  DEPENDS ${ALIAS_FILES} ${CMAKE_SOURCE_DIR}/cmake/embed_aliases.cmake
  COMMENT "Embedding alias tables"
  VERBATIM)
target_sources(assay_model PRIVATE ${ALIAS_SOURCE})
