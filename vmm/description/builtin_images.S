/* Programs of guest/manager, as linked there. */
    .section .rodata.builtin_images, "a"
    .globl glacis_round_robin_image
    .globl glacis_round_robin_image_end
    .balign 16
glacis_round_robin_image:
    .incbin GLACIS_ROUND_ROBIN_PATH
glacis_round_robin_image_end:
    .section .note.GNU-stack, "", %progbits
