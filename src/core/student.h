/* student.h: Student's t for 95 % intervals. */
#ifndef BT_STUDENT_H
#define BT_STUDENT_H

/* The 97.5 % quantile for so many degrees of freedom, within 0.001; INFINITY for 0. Any thread. */
double bt_student95(unsigned freedom);

#endif
