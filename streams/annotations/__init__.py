"""Labels of frames, of live and finished sessions alike.

    act (wire.Annotation) ─► bus ─► the session's stream of labels ─► fold ─► labels by frame ─► dataset
                                                                        └─► who said what, progress, agreement, queue

Read in this order: acts, spans, fold, history, then what is made of a fold: statements, progress, agreement, queue,
aggregate; log (a session's acts as they grow); vocabulary; exchange (files of other programs).
"""
