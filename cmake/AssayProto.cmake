# Messages only: services are registered from their descriptors and called by name, so no stubs are generated.
set(ASSAY_GEN ${CMAKE_BINARY_DIR}/gen)

# assay_proto_sources(<out-var> <root> <proto>...): generates message code below ${ASSAY_GEN}.
function(assay_proto_sources out root)
  set(sources)
  foreach(proto ${ARGN})
    string(REGEX REPLACE "\\.proto$" "" base ${proto})
    add_custom_command(
      OUTPUT ${ASSAY_GEN}/${base}.pb.cc ${ASSAY_GEN}/${base}.pb.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${ASSAY_GEN}
      COMMAND protobuf::protoc --cpp_out=${ASSAY_GEN} -I${CMAKE_SOURCE_DIR}/proto -I${ASSAY_GOOGLEAPIS}
              -I${Protobuf_INCLUDE_DIRS} ${root}/${proto}
      DEPENDS ${root}/${proto}
      VERBATIM)
    list(APPEND sources ${ASSAY_GEN}/${base}.pb.cc)
  endforeach()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()
