/* The way of one picture through decoder, scaler and encoder. */
#ifndef THUMBNAIL_PIPELINE_H
#define THUMBNAIL_PIPELINE_H

#include "pages.h"
#include "shape.h"

enum outcome {
    outcome_good,
    outcome_refused, /* a domain said that it is no picture, or too large a one */
    outcome_killed,  /* the domain that worked on it faulted */
    outcome_broken,  /* cannot go on: no memory, or a domain that does not come back */
};

struct pipeline {
    pd_gate measure;
    pd_gate decode;
    pd_gate scale;
    pd_gate encode;
    struct pages image; /* compressed */
    struct pages pixels;
    struct pages small; /* fewer pixels */
    struct pages png;
    pd_status status; /* why the last outcome was not good */
};

/* Finds the rights, and makes room for an image and its thumbnail, both compressed. */
bool pipeline_prepare(struct pipeline* pipeline, uint64_t image_size, uint64_t png_size);

/* From the first `size` bytes of `image` to `pixels`. At the end nobody has the pixels. */
enum outcome pipeline_decode(struct pipeline* pipeline, uint64_t size, struct shape* shape);

/* From `pixels` to `png`, at most `edge` wide and high, which is main's again then. */
enum outcome pipeline_shrink(struct pipeline* pipeline, struct shape from, uint32_t edge,
                             struct shape* to, uint64_t* png_size);

#endif
