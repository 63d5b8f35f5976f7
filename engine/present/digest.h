/*
 * digest: tells, without drawing, whether what lies over a frame must be drawn again. A pure function of a view.
 */
#pragma once

#include "present/view.h"

#include <stdint.h>

/* A hash of everything but the frame: equal numbers mean equal pixels. Times count only while something moves. */
uint64_t digest_overlay(const struct view *v);
