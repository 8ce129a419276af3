; What the harts are to do. Every round spawns threads that build and drop structures of several kinds and check what they
; find; each gives a number, and a digest of all of them is printed. It depends on nothing but the number of rounds.

(define (map f l)
  (if (null? l) '() (let ((x (f (car l)))) (cons x (map f (cdr l))))))

(define (for-each f l)
  (unless (null? l) (f (car l)) (for-each f (cdr l))))

(define (fold f start l)
  (if (null? l) start (fold f (f start (car l)) (cdr l))))

(define (range from to)
  (let loop ((i (- to 1)) (l '()))
    (if (< i from) l (loop (- i 1) (cons i l)))))

(define (must ok what . values)
  (unless ok (error what values)))

(define (mix digest x) (modulo (+ (* digest 1000003) x 12345) 2305843009213))

; A generator of numbers below a limit, with a state of its own.
(define (make-random seed)
  (let ((state (+ 1 (modulo (* seed 7919) 2147483646))))
    (lambda (limit)
      (set! state (modulo (* state 48271) 2147483647))
      (modulo state limit))))

; ---- n queens: lists, closures, deep recursion ----

(define (queens n)
  (define (safe? column placed)
    (let loop ((l placed) (d 1))
      (cond ((null? l) #t)
            ((= (car l) column) #f)
            ((= (car l) (+ column d)) #f)
            ((= (car l) (- column d)) #f)
            (else (loop (cdr l) (+ d 1))))))
  (define (place row placed)
    (if (= row n)
        1
        (fold (lambda (sum column) (if (safe? column placed) (+ sum (place (+ row 1) (cons column placed))) sum))
              0 (range 0 n))))
  (place 0 '()))

; ---- a set as a balanced tree that is changed in place: #(key left right level), an AA tree ----

(define (level t) (if t (vector-ref t 3) 0))
(define (left t) (vector-ref t 1))
(define (right t) (vector-ref t 2))

(define (leaf key)
  (let ((t (make-vector 4 #f)))
    (vector-set! t 0 key)
    (vector-set! t 3 1)
    t))

(define (skew t)
  (if (and t (left t) (= (level (left t)) (level t)))
      (let ((l (left t)))
        (vector-set! t 1 (right l))
        (vector-set! l 2 t)
        l)
      t))

(define (split t)
  (if (and t (right t) (right (right t)) (= (level t) (level (right (right t)))))
      (let ((r (right t)))
        (vector-set! t 2 (left r))
        (vector-set! r 1 t)
        (vector-set! r 3 (+ 1 (level r)))
        r)
      t))

(define (insert t key)
  (cond ((not t) (leaf key))
        ((= key (vector-ref t 0)) t)
        (else
         (if (< key (vector-ref t 0))
             (vector-set! t 1 (insert (left t) key))
             (vector-set! t 2 (insert (right t) key)))
         (split (skew t)))))

(define (least t) (if (left t) (least (left t)) (vector-ref t 0)))
(define (greatest t) (if (right t) (greatest (right t)) (vector-ref t 0)))

(define (lower t)
  (let ((right-level (level (right t))) (want 0))
    (set! want (+ 1 (if (< (level (left t)) right-level) (level (left t)) right-level)))
    (when (< want (level t))
      (vector-set! t 3 want)
      (when (< want right-level) (vector-set! (right t) 3 want)))))

(define (repair t)
  (lower t)
  (let ((t (skew t)))
    (when (right t)
      (vector-set! t 2 (skew (right t)))
      (when (right (right t)) (vector-set! (right t) 2 (skew (right (right t))))))
    (let ((t (split t)))
      (when (right t) (vector-set! t 2 (split (right t))))
      t)))

(define (delete t key)
  (cond ((not t) #f)
        ((< key (vector-ref t 0)) (vector-set! t 1 (delete (left t) key)) (repair t))
        ((> key (vector-ref t 0)) (vector-set! t 2 (delete (right t) key)) (repair t))
        ((and (not (left t)) (not (right t))) #f)
        ((left t)
         (let ((k (greatest (left t))))
           (vector-set! t 1 (delete (left t) k))
           (vector-set! t 0 k)
           (repair t)))
        (else
         (let ((k (least (right t))))
           (vector-set! t 2 (delete (right t) k))
           (vector-set! t 0 k)
           (repair t)))))

(define (keys t l)
  (if t (keys (left t) (cons (vector-ref t 0) (keys (right t) l))) l))

; Keeps beside the set which numbers are in it, and compares.
(define (tree-test seed size steps)
  (let ((random (make-random seed)) (members (make-vector size #f)))
    (define (check t)
      (let loop ((i 0) (l (keys t '())) (digest 0))
        (cond ((= i size) (must (null? l) "the set has more than it should" l) digest)
              ((vector-ref members i)
               (must (and (pair? l) (= (car l) i)) "the set lacks a member" i l)
               (loop (+ i 1) (cdr l) (mix digest i)))
              (else (loop (+ i 1) l digest)))))
    (let loop ((n 0) (t #f) (digest 0))
      (if (= n steps)
          (mix digest (check t))
          (let* ((key (random size)) (add (< (random 100) 55)) (t (if add (insert t key) (delete t key))))
            (vector-set! members key add)
            (loop (+ n 1) t (if (= 0 (modulo n 500)) (mix digest (check t)) digest)))))))

; ---- strings and symbols ----

(define (join-strings l between)
  (cond ((null? l) "")
        ((null? (cdr l)) (car l))
        (else (string-append (car l) between (join-strings (cdr l) between)))))

(define (hash-string s)
  (let loop ((i 0) (digest 7))
    (if (= i (string-length s)) digest (loop (+ i 1) (mix digest (char->integer (string-ref s i)))))))

(define (string-test seed count)
  (let* ((random (make-random seed))
         (numbers (map (lambda (i) (random 1000)) (range 0 count)))
         (text (join-strings (map number->string numbers) ", ")))
    (define (words from)
      (let loop ((to from))
        (cond ((= to (string-length text)) (list (substring text from to)))
              ((equal? (string-ref text to) #\,) (cons (substring text from to) (words (+ to 2))))
              (else (loop (+ to 1))))))
    (let ((back (words 0)))
      (must (equal? back (map number->string numbers)) "a text has changed" text)
      (for-each (lambda (w) (must (eq? (string->symbol w) (string->symbol (string-append w ""))) "two symbols of one name" w))
                back)
      (hash-string text))))

; ---- derivatives: templates, association lists ----

(define (simplify-sum a b) (cond ((equal? a 0) b) ((equal? b 0) a) (else `(+ ,a ,b))))
(define (simplify-product a b)
  (cond ((or (equal? a 0) (equal? b 0)) 0) ((equal? a 1) b) ((equal? b 1) a) (else `(* ,a ,b))))

(define (derive e x)
  (cond ((integer? e) 0)
        ((symbol? e) (if (eq? e x) 1 0))
        ((eq? (car e) '+) (simplify-sum (derive (cadr e) x) (derive (caddr e) x)))
        (else (simplify-sum (simplify-product (cadr e) (derive (caddr e) x))
                            (simplify-product (derive (cadr e) x) (caddr e))))))

(define (evaluate e environment)
  (cond ((integer? e) e)
        ((symbol? e) (cdr (assq e environment)))
        (else (let ((a (evaluate (cadr e) environment)) (b (evaluate (caddr e) environment)))
                (modulo (if (eq? (car e) '+) (+ a b) (* a b)) 1000003)))))

(define (power x n) (if (= n 0) 1 (simplify-product x (power x (- n 1)))))

(define (derive-test seed)
  (let* ((n (+ 5 (modulo seed 12))) (e `(+ ,(power 'x n) (* 3 (+ x y)))) (d (derive e 'x)) (x (+ 2 (modulo seed 50))))
    (define (expt b n) (if (= n 0) 1 (modulo (* b (expt b (- n 1))) 1000003)))
    (let ((value (evaluate d `((x . ,x) (y . 9) ,@'((z . 1))))))
      (must (= value (modulo (+ 3 (* n (expt x (- n 1)))) 1000003)) "a derivative is wrong" e d value)
      value)))

; ---- threads of threads ----

(define (sum-tree from to)
  (if (< (- to from) 8)
      (apply + (range from to))
      (let* ((middle (quotient (+ from to) 2)) (other (spawn (lambda () (sum-tree from middle)))) (here (sum-tree middle to)))
        (+ here (join other)))))

(define (thread-test n)
  (let ((sum (sum-tree 0 n)))
    (must (= sum (quotient (* n (- n 1)) 2)) "threads have lost something" n sum)
    sum))

; ---- tail calls: a million of them in one frame ----

(define (even-steps? n) (if (= n 0) #t (odd-steps? (- n 1))))
(define (odd-steps? n) (if (= n 0) #f (even-steps? (- n 1))))

(define (task seed)
  (let ((kind (modulo seed 6)))
    (cond ((= kind 0) (let ((n (queens 6))) (must (= n 4) "6 queens" n) n))
          ((= kind 1) (tree-test seed 300 1500))
          ((= kind 2) (string-test seed 200))
          ((= kind 3) (derive-test seed))
          ((= kind 4) (thread-test 2000))
          (else (must (even-steps? 20000) "an even number is odd") 1))))

(define (round first)
  (let ((threads (map (lambda (i) (spawn (lambda () (task (+ first i))))) (range 0 12))))
    (fold (lambda (digest t) (mix digest (join t))) 0 threads)))

(must (= (queens 8) 92) "8 queens")

(let loop ((r 0) (digest 0))
  (if (< r (rounds))
      (loop (+ r 1) (mix digest (round (* r 12))))
      (begin (display "scheme: ") (display r) (display " rounds, digest ") (display digest) (newline))))
