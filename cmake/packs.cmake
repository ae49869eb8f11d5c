# The built-in rules: assay_pack checks every rule file and writes one blob, which is
# embedded.
add_executable(assay_pack analyzer/pack/pack_main.cc)
target_link_libraries(assay_pack PRIVATE assay_lang)

option(ASSAY_LENIENT_PACKS "Leave broken rule files out instead of failing the build" OFF)
if(ASSAY_LENIENT_PACKS)
  set(pack_flags --keep-going)
endif()
file(GLOB_RECURSE rule_files CONFIGURE_DEPENDS rules/packs/*.md)
set(pack_blob ${CMAKE_BINARY_DIR}/generated/builtin.pack)
add_custom_command(
  OUTPUT ${pack_blob}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
  COMMAND assay_pack ${pack_flags} ${pack_blob} ${CMAKE_SOURCE_DIR}/rules/packs
  DEPENDS assay_pack ${rule_files}
  COMMENT "Checking and packing the built-in rules")

assay_embed(pack_stub assay_pack ${pack_blob})
add_library(assay_packs OBJECT ${pack_stub})
set(ASSAY_PACKS $<TARGET_OBJECTS:assay_packs>)
