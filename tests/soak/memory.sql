-- Ways to call the triggers of models again and again, in transactions of a thousand statements.

SET client_min_messages = warning;

CREATE SCHEMA soak;

-- Orders of the small model, added and changed in turns.
CREATE PROCEDURE soak.orders(calls int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..calls / 2 LOOP
        INSERT INTO m.orders VALUES (i, 1 + i % 200, now() - i % 1000 * interval '1 hour', i % 100);
        UPDATE m.orders SET amount = amount + 1 WHERE id = i;
        IF i % 500 = 0 THEN
            -- So that what is read of a customer stays as long as it is.
            DELETE FROM m.orders WHERE id > 0;
            COMMIT;
        END IF;
    END LOOP;
    DELETE FROM m.orders WHERE id > 0;
    COMMIT;
END $$;

-- One write of any kind.
CREATE PROCEDURE soak.write(i int) LANGUAGE plpgsql AS $$
BEGIN
    CASE i % 10
        WHEN 0 THEN INSERT INTO shop.mails VALUES (1 + i % 2000, now(), 'email', i % 3);
        WHEN 1 THEN INSERT INTO shop.visits VALUES (1 + i % 2000, now(), i % 9);
        WHEN 2 THEN INSERT INTO shop.tickets (customer_id, opened_at, kind) VALUES (1 + i % 2000, now(), 'complaint');
        WHEN 3 THEN INSERT INTO shop.refunds (order_id, refunded_on, amount) VALUES (1 + i % 10000, current_date, 1);
        -- A value that no customer ever had.
        WHEN 4 THEN UPDATE shop.customers SET country = 'country ' || i || ' of ' || clock_timestamp() WHERE id = 1 + i % 2000;
        WHEN 5 THEN DELETE FROM shop.mails WHERE customer_id = 1 + (i - 5) % 2000;
        WHEN 6 THEN DELETE FROM shop.visits WHERE customer_id = 1 + (i - 5) % 2000;
        WHEN 7 THEN DELETE FROM shop.tickets WHERE customer_id = 1 + (i - 5) % 2000;
        WHEN 8 THEN INSERT INTO shop.customers VALUES (100000 + i, 'FR', true, '1990-01-01');
        ELSE DELETE FROM shop.customers WHERE id = 100000 + i - 1;
    END CASE;
END $$;

-- Every kind of write.
CREATE PROCEDURE soak.writes(calls int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..calls LOOP
        CALL soak.write(i);
        IF i % 1000 = 0 THEN
            DELETE FROM shop.refunds WHERE refunded_on = current_date AND amount = 1;
            COMMIT;
        END IF;
    END LOOP;
    COMMIT;
END $$;

-- Every kind of write, each undone at once.
CREATE PROCEDURE soak.undone(calls int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..calls LOOP
        BEGIN
            CALL soak.write(i);
            RAISE SQLSTATE 'UNDO0';
        EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
        END;
        IF i % 1000 = 0 THEN
            COMMIT;
        END IF;
    END LOOP;
    COMMIT;
END $$;

-- Every kind of write where triggers only mark.
CREATE PROCEDURE soak.marked(calls int) LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    FOR i IN 1..calls LOOP
        CALL soak.write(i);
        IF i % 1000 = 0 THEN
            COMMIT;
            SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
        END IF;
    END LOOP;
    COMMIT;
END $$;

-- Orders after each of which something of the shop's tables changes, so that the models are read anew.
CREATE PROCEDURE soak.changes(calls int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..calls LOOP
        UPDATE shop.orders SET amount = amount + 1 WHERE id = 1 + i % 10000;
        COMMIT;
        EXECUTE format('ALTER TABLE shop.orders ALTER amount SET STATISTICS %s', 100 + i % 2);
        COMMIT;
    END LOOP;
END $$;

-- Orders that meet a fault: the table lacks a column.
CREATE PROCEDURE soak.faults(calls int) LANGUAGE plpgsql AS $$
BEGIN
    ALTER TABLE shop.orders RENAME amount TO amounts;
    COMMIT;
    FOR i IN 1..calls LOOP
        UPDATE shop.orders SET amounts = amounts + 1 WHERE id = 1 + i % 10000;
        IF i % 1000 = 0 THEN
            COMMIT;
        END IF;
    END LOOP;
    ALTER TABLE shop.orders RENAME amounts TO amount;
    COMMIT;
END $$;

-- Customers who are marked and caught up with.
CREATE PROCEDURE soak.upkeep(calls int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..calls LOOP
        UPDATE shop.orders SET amount = amount + 1 WHERE id = 1 + i % 10000;
        IF i % 50 = 0 THEN
            COMMIT;
            PERFORM scoring.catch_up('shop_deferred');
            PERFORM scoring.catch_up('shop');
            COMMIT;
        END IF;
        IF i % 500 = 0 THEN
            PERFORM scoring.refresh('shop');
            COMMIT;
            PERFORM scoring.verify('shop');
            COMMIT;
        END IF;
    END LOOP;
    COMMIT;
END $$;
